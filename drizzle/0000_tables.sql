CREATE TABLE "awards" (
	"customer_id" bigint NOT NULL,
	"rule" text NOT NULL,
	"occurrence" text NOT NULL,
	"kind" text NOT NULL,
	"level" integer NOT NULL,
	"wallet" text,
	"amount" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"identity" uuid NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"live" boolean DEFAULT true NOT NULL,
	"program" text NOT NULL,
	"receipt" text NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "awards_customer_id_rule_occurrence_pk" PRIMARY KEY("customer_id","rule","occurrence")
);
--> statement-breakpoint
CREATE TABLE "batches" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"topic" text NOT NULL,
	"partition" integer NOT NULL,
	"first_offset" bigint NOT NULL,
	"last_offset" bigint NOT NULL,
	"messages" integer NOT NULL,
	"events" integer NOT NULL,
	"duplicates" integer NOT NULL,
	"failures" integer NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"scored_at" timestamp (3) with time zone,
	"gamified_at" timestamp (3) with time zone,
	"ranked_at" timestamp (3) with time zone,
	CONSTRAINT "batches_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "duplicates" (
	"batch_id" bigint NOT NULL,
	"offset" bigint NOT NULL,
	"identity" uuid NOT NULL,
	CONSTRAINT "duplicates_batch_id_offset_pk" PRIMARY KEY("batch_id","offset")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"identity" uuid PRIMARY KEY NOT NULL,
	"subject_id" bigint NOT NULL,
	"batch_id" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"value" bigint,
	"offset" bigint NOT NULL,
	"arrived_at" timestamp (3) with time zone NOT NULL,
	"fingerprint" uuid NOT NULL,
	"source" text NOT NULL,
	"type" text NOT NULL,
	"identity_kind" text NOT NULL,
	"flags" text,
	"payload" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "failures" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"stage" text NOT NULL,
	"message" uuid NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"code" text NOT NULL,
	"pointer" text NOT NULL,
	"expected" text NOT NULL,
	"got" text NOT NULL,
	"fingerprint" text NOT NULL,
	"batch_id" bigint NOT NULL,
	"topic" text NOT NULL,
	"partition" integer NOT NULL,
	"offset" bigint NOT NULL,
	"source" text NOT NULL,
	"bound" boolean NOT NULL,
	"claim" text NOT NULL,
	"customer" text,
	"original" text NOT NULL,
	"fix" text,
	"fixed_by" text,
	"job" text,
	"openings" integer DEFAULT 1 NOT NULL,
	"attempts" integer DEFAULT 1 NOT NULL,
	"first_seen" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seen" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"event" uuid,
	CONSTRAINT "failures_message" UNIQUE("message","stage")
);
--> statement-breakpoint
CREATE TABLE "games" (
	"customer_id" bigint PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"customer_id" bigint NOT NULL,
	"wallet" text NOT NULL,
	"amount" bigint NOT NULL,
	"rule" text NOT NULL,
	"occurrence" text NOT NULL,
	"revision" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scores" (
	"customer_id" bigint PRIMARY KEY NOT NULL,
	"state" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "standings" (
	"customer_id" bigint NOT NULL,
	"board" text NOT NULL,
	"period" text NOT NULL,
	"total" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"identity" uuid NOT NULL,
	"revision" bigint NOT NULL,
	CONSTRAINT "standings_customer_id_board_period_pk" PRIMARY KEY("customer_id","board","period")
);
--> statement-breakpoint
CREATE TABLE "subjects" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "subjects_value" UNIQUE("value","kind")
);
--> statement-breakpoint
CREATE INDEX "batches_open" ON "batches" USING btree ("id") WHERE scored_at is null or gamified_at is null or ranked_at is null;--> statement-breakpoint
CREATE INDEX "batches_offsets" ON "batches" USING btree ("topic","partition","first_offset");--> statement-breakpoint
CREATE INDEX "duplicates_identity" ON "duplicates" USING btree ("identity");--> statement-breakpoint
CREATE INDEX "events_subject" ON "events" USING btree ("subject_id","at");--> statement-breakpoint
CREATE INDEX "events_batch" ON "events" USING btree ("batch_id");--> statement-breakpoint
CREATE INDEX "failures_unshown" ON "failures" USING btree ("fingerprint","id") WHERE state = 'open' and job is null;--> statement-breakpoint
CREATE INDEX "failures_shown" ON "failures" USING btree ("fingerprint") WHERE state = 'open' and job <> 'removed';--> statement-breakpoint
CREATE INDEX "failures_removed" ON "failures" USING btree ("fingerprint") WHERE state = 'open' and job = 'removed';--> statement-breakpoint
CREATE INDEX "failures_coordinates" ON "failures" USING btree ("topic","partition","offset");--> statement-breakpoint
CREATE INDEX "ledger_customer" ON "ledger" USING btree ("customer_id");