import { Anchor, Stack, Text } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import type { Connector } from "../api/connector.ts";
import classes from "./listing.module.css";

const CONTENTS = [
  ["overview", "Overview"],
  ["benefits", "What you gain"],
  ["features", "What it can do"],
  ["prerequisites", "What you need"],
  ["setup", "Set it up"],
  ["usage", "Use it in a workflow"],
  ["operations", "Operations"],
  ["faq", "Questions and answers"],
] as const;

/** Stays in sight where there is room beside the text: what is on the page, where it connects to, where to read on. */
export function Aside({ connector: { listing, environments, auth } }: { connector: Connector }) {
  return (
    <aside className={classes.aside} aria-label="About this connector">
      <nav className={classes.contents} aria-label="On this page">
        <Heading>On this page</Heading>
        {CONTENTS.map(([id, title]) => (
          <Anchor key={id} href={`#${id}`} size="sm" c="dimmed">
            {title}
          </Anchor>
        ))}
      </nav>
      <div>
        <Heading>Connects to</Heading>
        <Text size="sm">
          {Object.values(environments)
            .map(({ title }) => title)
            .join(", ")}
        </Text>
      </div>
      <div>
        <Heading>Authentication</Heading>
        {auth.map(({ type, title }) => (
          <Text size="sm" key={type}>
            {title}
          </Text>
        ))}
      </div>
      <div>
        <Heading>Read more</Heading>
        <Stack gap={4}>
          {listing.links.map(({ title, url }) => (
            <Anchor key={url} href={url} target="_blank" rel="noopener noreferrer" size="sm">
              {title} <IconExternalLink size={13} aria-label="(opens in a new tab)" role="img" />
            </Anchor>
          ))}
        </Stack>
      </div>
    </aside>
  );
}

function Heading({ children }: { children: string }) {
  return (
    <Text size="xs" fw={650} c="dimmed" mb={4}>
      {children}
    </Text>
  );
}
