CREATE TABLE "places" (
	"of" text NOT NULL,
	"period" text NOT NULL,
	"place" integer NOT NULL,
	"rank" integer NOT NULL,
	"customer_id" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"identity" uuid NOT NULL,
	"total" bigint,
	"wallet" text,
	"prize" bigint NOT NULL,
	"paid_at" timestamp (3) with time zone,
	CONSTRAINT "places_of_period_place_pk" PRIMARY KEY("of","period","place")
);
--> statement-breakpoint
CREATE TABLE "settlements" (
	"of" text NOT NULL,
	"period" text NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "settlements_of_period_pk" PRIMARY KEY("of","period")
);
--> statement-breakpoint
CREATE INDEX "places_unpaid" ON "places" USING btree ("of") WHERE paid_at is null and wallet is not null;--> statement-breakpoint
CREATE INDEX "settlements_ends" ON "settlements" USING btree ("of","ends_at");--> statement-breakpoint
CREATE INDEX "settlements_open" ON "settlements" USING btree ("ends_at") WHERE settled_at is null;--> statement-breakpoint
CREATE INDEX "awards_entries" ON "awards" USING btree ("rule","at","identity") WHERE kind = 'entry';
--> statement-breakpoint
-- Of what is settled, only that a prize was paid is told later, and once.
CREATE FUNCTION places_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.paid_at IS NULL AND to_jsonb(NEW) - 'paid_at' = to_jsonb(OLD) - 'paid_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what is settled stays as it is';
END $$;
--> statement-breakpoint
CREATE TRIGGER places_are_kept BEFORE UPDATE OR DELETE ON "places"
FOR EACH ROW EXECUTE FUNCTION places_are_kept();
