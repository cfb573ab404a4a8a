import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useLocation, useSearchParams } from "wouter";
import { Page } from "../shell/page.tsx";
import { AddCredential } from "./add-credential.tsx";
import { CredentialList } from "./credential-list.tsx";

/** `/credentials?add` opens the dialog, `?add=<connector>` with that connector chosen: other pages lead there. */
export function CredentialsPage() {
  const [search] = useSearchParams();
  const [, navigate] = useLocation();
  const isAdding = search.has("add");
  const add = () => navigate("/credentials?add");
  return (
    <Page
      title="Credentials"
      lead="Saved connections to accounts. Each is bound to one environment, tested, and stored encrypted."
      actions={
        <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={add}>
          Add credential
        </Button>
      }
    >
      <CredentialList onAdd={add} />
      <AddCredential
        isOpen={isAdding}
        connector={search.get("add") || undefined}
        onClose={() => navigate("/credentials", { replace: true })}
      />
    </Page>
  );
}
