import { Button } from "@mantine/core";
import { IconKeyOff } from "@tabler/icons-react";
import { Link } from "wouter";
import { Empty } from "../shell/empty.tsx";
import { Page } from "../shell/page.tsx";

export function CredentialMissing() {
  return (
    <Page title="Not found">
      <Empty
        icon={<IconKeyOff />}
        title="There is no such credential"
        action={
          <Button component={Link} href="/credentials">
            All credentials
          </Button>
        }
      >
        It was removed, or it belongs to another project than the one you are in.
      </Empty>
    </Page>
  );
}
