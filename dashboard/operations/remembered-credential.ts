import { readLocalStorageValue, useLocalStorage } from "@mantine/hooks";
import type { Credential } from "../api/credentials.ts";

const KEY = "lever-connector.credential";

/** The credential chosen last in this browser, where it still exists; else the first that works. Only its id is kept. */
export function useRememberedCredential(credentials: readonly Credential[]): [Credential | undefined, (id: string) => void] {
  const [remembered, remember] = useLocalStorage<string>({
    key: KEY,
    defaultValue: readLocalStorageValue<string>({ key: KEY }) ?? "",
    getInitialValueInEffect: false,
  });
  const known = credentials.find(({ id }) => id === remembered);
  return [known ?? credentials.find(({ status }) => status === "healthy") ?? credentials[0], remember];
}
