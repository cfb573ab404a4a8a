import { Text } from "@mantine/core";
import type { ComponentType } from "react";
import type { Operation } from "../../api/connector.ts";
import type { RecordAction } from "../record-actions.ts";
import { CandidateCard } from "./candidate-card.tsx";
import { isRecord } from "./columns.ts";
import { RecordCard, type RecordCardProps } from "./record-card.tsx";
import { RecordTable } from "./record-table.tsx";
import { itemOf } from "./use-names.ts";

/** Kinds of records that have a card of their own, by the title of their schema. */
const CARDS: Readonly<Record<string, ComponentType<RecordCardProps>>> = { Opportunity: CandidateCard };

export interface RecordsViewProps {
  readonly operation: Operation;
  /** `data` of the answer: one record, or a list. */
  readonly data: unknown;
  readonly credential: string;
  readonly actions: readonly RecordAction[];
}

/** What was answered, for people. */
export function RecordsView({ operation, data, credential, actions }: RecordsViewProps) {
  const record = itemOf(operation.output);
  if (Array.isArray(data)) {
    if (data.length === 0) return <Text c="dimmed">Nothing matches. Try fewer filters.</Text>;
    return (
      <RecordTable
        rows={data}
        record={record}
        credential={credential}
        actions={actions}
        caption={`Answer of ${operation.title}`}
      />
    );
  }
  if (!isRecord(data)) return <Text c="dimmed">The response holds no record.</Text>;
  const Card = CARDS[record?.title ?? ""] ?? RecordCard;
  return <Card data={data} record={record} credential={credential} actions={actions} />;
}
