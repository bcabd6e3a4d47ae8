CREATE TABLE "checkpoints" (
	"customer_id" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"identity" uuid NOT NULL,
	"state" text NOT NULL,
	"opening" boolean DEFAULT false NOT NULL,
	"scores" text,
	CONSTRAINT "checkpoints_customer_id_at_identity_pk" PRIMARY KEY("customer_id","at","identity")
);
--> statement-breakpoint
CREATE TABLE "horizons" (
	"at" timestamp (3) with time zone PRIMARY KEY NOT NULL,
	"set_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"through" bigint DEFAULT 0 NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "links" (
	"batch_id" bigint NOT NULL,
	"subject_id" bigint NOT NULL,
	"other_id" bigint NOT NULL,
	"identity" uuid NOT NULL,
	CONSTRAINT "links_batch_id_subject_id_other_id_pk" PRIMARY KEY("batch_id","subject_id","other_id")
);
--> statement-breakpoint
CREATE TABLE "programs" (
	"version" integer PRIMARY KEY NOT NULL,
	"text" text NOT NULL,
	"published_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"published_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "refolds" (
	"version" integer PRIMARY KEY NOT NULL,
	"from_at" timestamp (3) with time zone,
	"rescores" boolean NOT NULL,
	"total" bigint NOT NULL,
	"through" bigint DEFAULT 0 NOT NULL,
	"told" bigint DEFAULT 0 NOT NULL,
	"done" bigint DEFAULT 0 NOT NULL,
	"changed" bigint DEFAULT 0 NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "awards" ADD COLUMN "available_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "arrived_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "links" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "reverses" uuid;--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "reached_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "absorbed_by" bigint;--> statement-breakpoint
ALTER TABLE "scores" ADD COLUMN "absorbed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "subjects" ADD COLUMN "customer_id" bigint;--> statement-breakpoint
-- Until now each subject was a customer of its own.
UPDATE "subjects" SET "customer_id" = "id";--> statement-breakpoint
ALTER TABLE "subjects" ALTER COLUMN "customer_id" SET NOT NULL;--> statement-breakpoint
-- Games know more from now on. The first publication of a program folds all of them again.
UPDATE "games" SET "state" = '';--> statement-breakpoint
CREATE INDEX "events_reverses" ON "events" USING btree ("reverses") WHERE reverses is not null;--> statement-breakpoint
CREATE INDEX "failures_later" ON "failures" USING btree ("message") WHERE state = 'open' and stage <> 'normalization';--> statement-breakpoint
CREATE INDEX "games_absorbed" ON "games" USING btree ("absorbed_by") WHERE absorbed_by is not null;--> statement-breakpoint
CREATE INDEX "games_due" ON "games" USING btree ("due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "subjects_customer" ON "subjects" USING btree ("customer_id");