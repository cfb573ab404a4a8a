import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Link } from "wouter";
import { Empty } from "./empty.tsx";
import { Page } from "./page.tsx";

export function NotFound() {
  return (
    <Page title="Not found">
      <Empty
        icon={<IconMapOff />}
        title="There is no page at this address"
        action={
          <Button component={Link} href="/marketplace">
            Go to the marketplace
          </Button>
        }
      >
        It may have been removed, or the address was cut short.
      </Empty>
    </Page>
  );
}
