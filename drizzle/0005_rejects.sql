CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"failure_id" bigint NOT NULL,
	"opening" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
DROP INDEX "failures_removed";--> statement-breakpoint
ALTER TABLE "failures" ADD COLUMN "program" integer;--> statement-breakpoint
CREATE INDEX "failures_open" ON "failures" USING btree ("fingerprint","id","code") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "failures_state" ON "failures" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "failures_code" ON "failures" USING btree ("code","id","state");--> statement-breakpoint
CREATE INDEX "failures_source" ON "failures" USING btree ("source","id","state");--> statement-breakpoint
CREATE INDEX "failures_customer" ON "failures" USING btree ("customer","id") WHERE customer is not null;--> statement-breakpoint
-- It is nearly always empty, and rows come and go: what is gone must not pile up before the rows that wait.
ALTER TABLE "outbox" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
