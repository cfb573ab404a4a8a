import express from "express";
import { Pool } from "undici";

/** The least an Express route can do: read JSON, make the same call, answer. What `POST /api/v1/operations/…` is measured against. */
const { UPSTREAM = "" } = process.env;
const pool = new Pool(UPSTREAM, { connections: 64 });
const app = express();
app.use(express.json());
app.post("/retrieve", async (req, res) => {
  const { body } = await pool.request({
    method: "GET",
    path: `/v1/opportunities/${req.body.input.opportunity_id}`,
    headers: { authorization: "Basic x" },
  });
  res.json({ output: await body.json() });
});
const server = app.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit(0));
