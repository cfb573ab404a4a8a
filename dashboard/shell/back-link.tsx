import { Anchor } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link } from "wouter";
import classes from "./back-link.module.css";

/** The line above a page's title that leads one level up. */
export function BackLink({ to, children }: { to: string; children: string }) {
  return (
    <Anchor component={Link} href={to} size="sm" className={classes.back}>
      <IconArrowLeft size={16} aria-hidden />
      {children}
    </Anchor>
  );
}
