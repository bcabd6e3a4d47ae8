CREATE FUNCTION pg_temp.flat_days(days jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(each.number ORDER BY each.day, each.place), '[]')
  FROM (
    SELECT key::bigint AS day, place, number
    FROM jsonb_each(days)
    CROSS JOIN LATERAL (VALUES
      (1, to_jsonb(key::bigint)),
      (2, CASE jsonb_typeof(value) WHEN 'array' THEN value -> 0 ELSE value END),
      (3, CASE jsonb_typeof(value) WHEN 'array' THEN value -> 1 ELSE '0' END)
    ) AS bucket (place, number)
  ) AS each
$$;--> statement-breakpoint
CREATE FUNCTION pg_temp.flat_scores(scores jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object(
    'activity', pg_temp.flat_days(scores -> 'activity'),
    'types', (SELECT coalesce(jsonb_object_agg(key, pg_temp.flat_days(value)), '{}') FROM jsonb_each(scores -> 'types'))
  )
$$;--> statement-breakpoint
-- A game's scores are the last that stands in it. The rest is never read as jsonb, which refuses half a surrogate pair that
-- a customer's text may have been cut to.
CREATE FUNCTION pg_temp.flat_game(game text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  mark CONSTANT text := ',"scores":';
  place CONSTANT int := strpos(game, mark || '{"activity":{');
BEGIN
  IF place = 0 THEN RETURN game; END IF;
  RETURN left(game, place - 1) || mark
    || pg_temp.flat_scores(left(substr(game, place + length(mark)), -1)::jsonb)::text || '}';
END
$$;--> statement-breakpoint
UPDATE "scores" SET "state" = pg_temp.flat_scores("state"::jsonb)::text WHERE "state" <> '';--> statement-breakpoint
UPDATE "games" SET "state" = pg_temp.flat_game("state") WHERE "state" LIKE '%,"scores":{"activity":{%';--> statement-breakpoint
UPDATE "checkpoints" SET "state" = pg_temp.flat_game("state"),
    "scores" = CASE WHEN "scores" <> '' THEN pg_temp.flat_scores("scores"::jsonb)::text ELSE "scores" END
  WHERE "scores" <> '' OR "state" LIKE '%,"scores":{"activity":{%';--> statement-breakpoint
ALTER TABLE "scores" RENAME COLUMN "state" TO "buckets";--> statement-breakpoint
ALTER TABLE "games" RENAME COLUMN "state" TO "game";
