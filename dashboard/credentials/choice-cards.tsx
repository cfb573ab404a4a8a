import { Group, Radio, SimpleGrid, Text } from "@mantine/core";
import classes from "./choice-cards.module.css";

export interface ChoiceCardsProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly choices: readonly { readonly value: string; readonly title: string; readonly text: string }[];
}

/** One of a few, each explained. */
export function ChoiceCards({ label, value, onChange, choices }: ChoiceCardsProps) {
  return (
    <Radio.Group label={label} value={value} onChange={onChange} withAsterisk={false}>
      <SimpleGrid cols={{ base: 1, xs: Math.min(choices.length, 3) }} spacing="xs" mt={6}>
        {choices.map((choice) => (
          <Radio.Card
            key={choice.value}
            value={choice.value}
            className={classes.card}
            aria-label={`${choice.title}. ${choice.text}`}
          >
            <Group wrap="nowrap" align="flex-start" gap="xs">
              <Radio.Indicator size="sm" mt={2} />
              <div>
                <Text size="sm" fw={600}>
                  {choice.title}
                </Text>
                <Text size="xs" c="dimmed">
                  {choice.text}
                </Text>
              </div>
            </Group>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  );
}
