import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCopy } from "@tabler/icons-react";
import { copyText } from "../shell/copy-text.ts";
import type { Snippet } from "./snippets.ts";

/** Copies the call that the form describes, for use elsewhere. */
export function CopyMenu({ snippets }: { snippets: readonly Snippet[] }) {
  async function copy({ title, text }: Snippet) {
    const isCopied = await copyText(text);
    notifications.show(
      isCopied
        ? { message: `Copied for: ${title}` }
        : { color: "brick", message: "The browser does not let this page copy; allow it, or open the page by https." },
    );
  }
  return (
    <Menu position="top-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconCopy size={16} />}>
          Copy as
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {snippets.map((snippet) => (
          <Menu.Item key={snippet.id} onClick={() => copy(snippet)}>
            {snippet.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
