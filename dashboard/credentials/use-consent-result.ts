import { useEffect, useState } from "react";
import { useLocation } from "wouter";

/**
 * How the consent ended from which the browser just came back: `connected`, or the code of an error. It is taken out of the address, so
 * that a reload or a copied address does not tell it again.
 */
export function useConsentResult(): [string | undefined, dismiss: () => void] {
  const [path, navigate] = useLocation();
  const [result, setResult] = useState(readResult);
  useEffect(() => {
    if (new URLSearchParams(window.location.search).has("consent")) navigate(path, { replace: true });
  }, [navigate, path]);
  return [result, () => setResult(undefined)];
}

/** Anything can stand in an address: only what looks like a code is taken for one. */
function readResult(): string | undefined {
  const result = new URLSearchParams(window.location.search).get("consent") ?? "";
  return /^[a-z_]{1,60}$/.test(result) ? result : undefined;
}
