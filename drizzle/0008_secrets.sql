CREATE TABLE "secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
-- Two UUIDs have 244 bits of chance, which nobody can try.
INSERT INTO "secrets" ("name", "value")
VALUES ('mask', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));
