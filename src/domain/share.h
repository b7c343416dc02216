/*
 * share.h - stable random shares of customers: who is held out, who tries the texts, who gets
 * which.
 *
 * A customer's number depends on the campaign, on what it is for, and on the customer alone: the
 * same today and tomorrow, on any node, and after a restart. Between campaigns, and between uses in
 * one, the numbers are independent of each other, so nobody is held out again and again. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SHARE_WHOLE 10000 /* a share is counted in ten-thousandths: 500 is 5 % */

enum share_use { SHARE_HOLD_OUT, SHARE_TEST, SHARE_VARIANT };

/* 0 to SHARE_WHOLE - 1, each as often as any other. */
unsigned share_of(uint64_t campaign_id, enum share_use use, uint64_t customer_id);
/* Which of n texts, 0 to n - 1. */
unsigned share_variant(uint64_t campaign_id, uint64_t customer_id, unsigned n);

/* "5%", "12.5%", "0.25 %": a share of at most 100 %, exact to a hundredth of a percent. */
bool share_parse(const char *text, unsigned *out);
