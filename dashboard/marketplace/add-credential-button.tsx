import { Button, type ButtonProps } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "wouter";
import { addAddress } from "../api/credentials.ts";

/** Opens the form of a new credential of this connector. */
export function AddCredentialButton({ connector, ...props }: { connector: string } & Pick<ButtonProps, "size">) {
  return (
    <Button component={Link} href={addAddress(connector)} leftSection={<IconPlus size={18} aria-hidden />} {...props}>
      Add credential
    </Button>
  );
}
