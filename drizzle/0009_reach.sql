ALTER TABLE "batches" RENAME COLUMN "arrived_at" TO "reached_at";
