import { VisuallyHidden } from "@mantine/core";
import { Link } from "wouter";
import { SECTIONS, type SectionId } from "./sections.ts";
import classes from "./settings-page.module.css";

/** Leads to the parts of the settings; beside them, or above them on a narrow screen. */
export function SettingsMenu({ current }: { current: SectionId }) {
  return (
    <nav aria-label="Settings" className={classes.menu}>
      {SECTIONS.map(({ id, title, icon: Icon }) => (
        <Link key={id} href={`/settings/${id}`} className={classes.item} aria-current={id === current ? "page" : undefined}>
          <Icon size={18} stroke={1.7} aria-hidden />
          {title}
        </Link>
      ))}
      <VisuallyHidden role="status">{SECTIONS.find(({ id }) => id === current)?.title}</VisuallyHidden>
    </nav>
  );
}
