CREATE TABLE "rewards" (
	"customer_id" bigint NOT NULL,
	"rule" text NOT NULL,
	"occurrence" text NOT NULL,
	"revision" integer NOT NULL,
	"place" bigserial NOT NULL,
	"waiting_since" timestamp (3) with time zone DEFAULT now(),
	"attempts" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "rewards_customer_id_rule_occurrence_pk" PRIMARY KEY("customer_id","rule","occurrence")
);
--> statement-breakpoint
CREATE INDEX "rewards_waiting" ON "rewards" USING btree ("place") WHERE waiting_since is not null;