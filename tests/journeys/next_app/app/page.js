"use client";
import Link from "next/link";
import { usePlausible } from "next-plausible";

export default function Page() {
  const plausible = usePlausible();
  return (
    <main>
      <Link href="/about">About</Link>
      <button onClick={() => plausible("Signup", { props: { plan: "pro" } })}>Sign up</button>
    </main>
  );
}
