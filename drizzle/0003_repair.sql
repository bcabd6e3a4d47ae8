CREATE TABLE "actions" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"origin" text NOT NULL,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"outcome" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "causes" (
	"fingerprint" text PRIMARY KEY NOT NULL,
	"owner" text,
	"note" text
);
--> statement-breakpoint
ALTER TABLE "failures" ADD COLUMN "discarded" text;--> statement-breakpoint
CREATE FUNCTION actions_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is only ever added to';
END $$;
--> statement-breakpoint
CREATE TRIGGER actions_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON "actions"
FOR EACH STATEMENT EXECUTE FUNCTION actions_are_kept();
