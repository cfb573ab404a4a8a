import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mongoose from "mongoose";
import { freePort } from "../../support/free-port.ts";

export interface ReplicaSet {
  readonly uri: string;
  /** SIGKILL for the node that is primary now; it stays away. */
  killPrimary(): Promise<void>;
  stop(): void;
}

const ELECTION_MS = 2_000;
const START_MS = 30_000;

/** Three nodes that elect a new primary within a few seconds. */
export async function startReplicaSet(binary: string): Promise<ReplicaSet> {
  const folder = mkdtempSync(join(tmpdir(), "replica-set-"));
  const nodes = await Promise.all([0, 1, 2].map((n) => startNode(binary, join(folder, String(n)))));
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await initiate(hosts);
  return {
    uri: `mongodb://${hosts.join(",")}/failover?replicaSet=test`,
    async killPrimary() {
      for (const { process, port } of nodes) {
        if (process.signalCode !== null || !(await isPrimary(port))) continue;
        const ended = new Promise((resolve) => process.once("exit", resolve));
        process.kill("SIGKILL");
        return void (await ended);
      }
      throw new Error("there is no primary to kill");
    },
    stop() {
      for (const { process } of nodes) process.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startNode(binary: string, folder: string): Promise<{ process: ChildProcess; port: number }> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const args = ["--dbpath", folder, "--port", String(port), "--bind_ip", "127.0.0.1", "--replSet", "test", "--nounixsocket"];
  const lean = ["--wiredTigerCacheSizeGB", "0.25", "--quiet", "--setParameter", "diagnosticDataCollectionEnabled=false"];
  return { process: spawn(binary, [...args, ...lean], { stdio: "ignore" }), port };
}

async function initiate(hosts: readonly string[]): Promise<void> {
  const [first = ""] = hosts;
  const members = hosts.map((host, _id) => ({ _id, host }));
  const settings = { electionTimeoutMillis: ELECTION_MS, heartbeatIntervalMillis: 500 };
  await onNode(first, async (admin) => {
    await admin.command({ replSetInitiate: { _id: "test", members, settings } });
    for (const deadline = Date.now() + START_MS; !(await admin.command({ hello: 1 })).isWritablePrimary; await sleep(50))
      if (Date.now() > deadline) throw new Error("the replica set elected nobody");
  });
}

function isPrimary(port: number): Promise<boolean> {
  return onNode(`127.0.0.1:${port}`, async (admin) => (await admin.command({ hello: 1 })).isWritablePrimary === true);
}

type Admin = { command(command: object): Promise<Record<string, unknown>> };

async function onNode<T>(host: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const uri = `mongodb://${host}/?directConnection=true`;
  const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: START_MS }).asPromise();
  try {
    return await work(connection.getClient().db("admin") as Admin);
  } finally {
    await connection.close();
  }
}
