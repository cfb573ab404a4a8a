import { List, ThemeIcon } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import classes from "./listing.module.css";

export function PointList({ points }: { points: readonly string[] }) {
  return (
    <List
      spacing="sm"
      maw={720}
      classNames={{ itemWrapper: classes.pointWrapper ?? "" }}
      icon={
        <ThemeIcon size={22} radius="xl" variant="light" aria-hidden>
          <IconCheck size={14} />
        </ThemeIcon>
      }
    >
      {points.map((point) => (
        <List.Item key={point}>{point}</List.Item>
      ))}
    </List>
  );
}
