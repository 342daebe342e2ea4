"""What leaves a site whose privacy profile is `exempt`: nothing about fewer than ten visitors."""
