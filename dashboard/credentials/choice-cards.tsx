import { Radio, SimpleGrid } from "@mantine/core";
import classes from "./choice-cards.module.css";

export interface ChoiceCardsProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly choices: readonly { readonly value: string; readonly title: string; readonly text: string }[];
}

/** One of a few, each explained. The browser's own radio buttons: one stop of the Tab key, chosen by the arrows. */
export function ChoiceCards({ label, value, onChange, choices }: ChoiceCardsProps) {
  return (
    <Radio.Group label={label} value={value} onChange={onChange}>
      <SimpleGrid cols={{ base: 1, xs: Math.min(choices.length, 3) }} spacing="xs" mt={6}>
        {choices.map((choice) => (
          <Radio
            key={choice.value}
            value={choice.value}
            label={choice.title}
            description={choice.text}
            classNames={{ root: classes.card ?? "", label: classes.title ?? "" }}
          />
        ))}
      </SimpleGrid>
    </Radio.Group>
  );
}
