import { Group, Text } from "@mantine/core";
import icon from "../icon.svg";

export function Logo() {
  return (
    <Group gap="sm" wrap="nowrap">
      <img src={icon} alt="" width={32} height={32} />
      <Text fw={700} size="md">
        lever-connector
      </Text>
    </Group>
  );
}
