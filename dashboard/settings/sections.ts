import { IconApps, IconDatabase, IconFolders, IconLock, IconSend, IconTerminal2 } from "@tabler/icons-react";

/** The parts of the settings, as they stand beside each other. */
export const SECTIONS = [
  { id: "oauth-apps", title: "OAuth apps", icon: IconApps },
  { id: "api-keys", title: "API keys", icon: IconTerminal2 },
  { id: "destinations", title: "Destinations", icon: IconSend },
  { id: "data", title: "Data", icon: IconDatabase },
  { id: "projects", title: "Projects", icon: IconFolders },
  { id: "keys", title: "Encryption keys", icon: IconLock },
] as const;

export type SectionId = (typeof SECTIONS)[number]["id"];
