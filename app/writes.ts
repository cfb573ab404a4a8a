import type { CredentialStore } from "../credentials/credential-store.ts";
import { isConnectorError } from "../errors/connector-error.ts";
import type { WriteRecord, WriteRecords } from "../runtime/write-records.ts";
import type { Write } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import type { Page } from "../store/find-page.ts";

/** With the credential's name as it is now; null where it was removed. */
export type ShownWrite = Write;

export interface Writes {
  /** Newest first. @throws ConnectorError `input_invalid`, `cursor_invalid` */
  list(access: Access, options?: Parameters<WriteRecords["list"]>[1]): Promise<Page<ShownWrite>>;
  /** All of them, or as many as `limit` says, page by page. */
  all(access: Access, options?: Parameters<WriteRecords["list"]>[1]): AsyncGenerator<ShownWrite[], void, undefined>;
  /** @throws ConnectorError `not_found` */
  get(access: Access, id: string): Promise<ShownWrite>;
}

/** The records of writes as people read them. */
export function createWrites(records: WriteRecords, credentials: Pick<CredentialStore, "get">): Writes {
  return {
    list,
    async *all(access, options) {
      let { cursor, limit: left = Number.POSITIVE_INFINITY } = options ?? {};
      while (left > 0) {
        const page: Page<ShownWrite> = await list(access, { ...options, cursor, limit: Math.min(left, 500) });
        yield page.data;
        if (page.next === undefined) return;
        cursor = page.next;
        left -= page.data.length;
      }
    },
    get: async (access, id) => (await withNames(access, [await records.get(access, id)]))[0] as ShownWrite,
  };

  async function list(access: Access, options: Parameters<WriteRecords["list"]>[1]): Promise<Page<ShownWrite>> {
    const page = await records.list(access, options);
    return { ...page, data: await withNames(access, page.data) };
  }

  async function withNames(access: Access, found: readonly WriteRecord[]): Promise<ShownWrite[]> {
    const ids = [...new Set(found.map(({ credential }) => credential))];
    const names = new Map(await Promise.all(ids.map(async (id) => [id, await nameOf(access, id)] as const)));
    return found.map((record) => ({ ...record, nickname: names.get(record.credential) ?? null }));
  }

  async function nameOf(access: Access, id: string): Promise<string | null> {
    try {
      return (await credentials.get(access, id)).nickname;
    } catch (error) {
      if (isConnectorError(error, "not_found")) return null;
      throw error;
    }
  }
}
