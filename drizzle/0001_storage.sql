-- Rows that are updated again and again leave room on their page, so that an update stays on it (HOT) and
-- touches no index.
ALTER TABLE "scores" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint
ALTER TABLE "games" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint
ALTER TABLE "standings" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint
ALTER TABLE "batches" SET (autovacuum_vacuum_scale_factor = 0.05);
