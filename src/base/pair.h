/*
 * pair.h - two pieces of work at the same time, for a job that would otherwise wait for one and
 * then for the other.
 *
 * The second one has a thread of its own while it runs; nothing else of the two may be shared, the
 * connection to the database least of all. Where no thread can be had, they run one after the
 * other.
 */
#pragma once

/* Returns when both have. */
void pair_run(void (*run)(void *arg), void *first, void *second);
