-- Domains in their normal form: international names as people write them, without a default port.
-- normal_domain: see schema/sites/host.py. A domain that another site has already stays as it is.
update or ignore sites          set domain = normal_domain(domain);
update or ignore former_domains set domain = normal_domain(domain);
