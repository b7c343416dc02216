/* kick.c - see kick.h. */
#include "control/kick.h"

#include "control/control.h"
#include "flow/gateway.h"
#include "flow/postman.h"

void kick_senders(const struct control_house *house)
{
    if (house->gateway)
        gateway_kick(house->gateway);
    postman_kick(house->postman);
}

void refresh_senders(const struct control_house *house)
{
    if (house->gateway)
        gateway_refresh(house->gateway);
    postman_refresh(house->postman);
}
