ALTER TABLE "scores" RENAME COLUMN "state" TO "buckets";--> statement-breakpoint
ALTER TABLE "games" RENAME COLUMN "state" TO "game";--> statement-breakpoint
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
UPDATE "scores" SET "buckets" = pg_temp.flat_scores("buckets"::jsonb)::text WHERE "buckets" <> '';--> statement-breakpoint
UPDATE "games" SET "game" = jsonb_set("game"::jsonb, '{scores}', pg_temp.flat_scores("game"::jsonb -> 'scores'))::text
  WHERE nullif("game", '')::jsonb ? 'scores';--> statement-breakpoint
UPDATE "checkpoints" SET "state" = jsonb_set("state"::jsonb, '{scores}', pg_temp.flat_scores("state"::jsonb -> 'scores'))::text
  WHERE "state"::jsonb ? 'scores';--> statement-breakpoint
UPDATE "checkpoints" SET "scores" = pg_temp.flat_scores("scores"::jsonb)::text WHERE "scores" <> '';
