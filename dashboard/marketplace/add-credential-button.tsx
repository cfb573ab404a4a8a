import { Button, type ButtonProps } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "wouter";

export function AddCredentialButton(props: Pick<ButtonProps, "size">) {
  return (
    <Button component={Link} href="/credentials?add" leftSection={<IconPlus size={18} aria-hidden />} {...props}>
      Add credential
    </Button>
  );
}
