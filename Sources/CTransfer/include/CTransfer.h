/* libcurl, opened at run time: it brings some thirty libraries with it, and most runs need none. */
#ifndef SMV_CTRANSFER_H
#define SMV_CTRANSFER_H

#include <stddef.h>
#include <stdint.h>

typedef struct smv_transfer_request {
    const char *address;           /* http or https; redirects lead nowhere else */
    const char *user_agent;
    const char *const *headers;    /* more request headers, ended by NULL; NULL for none */
    int descriptor;                /* where the body is written, from its current place on */
    int64_t byte_limit;            /* of the body */
    long connect_ms;               /* until the connection stands */
    long stall_seconds;            /* in which nothing at all arrives */
    long total_ms;                 /* 0: no limit */
    /* Told now and then how far it is (total -1 while not known); another result than 0 stops it. */
    int (*progress)(void *context, int64_t received, int64_t total);
    void *context;
} smv_transfer_request;

typedef enum smv_transfer_failure {
    SMV_TRANSFER_DONE = 0,
    SMV_TRANSFER_NO_LIBRARY,     /* libcurl is not there */
    SMV_TRANSFER_BAD_ADDRESS,    /* or a redirect to something else than http and https */
    SMV_TRANSFER_NO_HOST,        /* its name cannot be resolved */
    SMV_TRANSFER_NO_PROXY,       /* the proxy's name cannot be resolved */
    SMV_TRANSFER_REFUSED,        /* no connection */
    SMV_TRANSFER_TLS,            /* the connection cannot be trusted */
    SMV_TRANSFER_TOO_MANY_TURNS, /* redirects without end */
    SMV_TRANSFER_STATUS,         /* the server answers with a status of 300 or more */
    SMV_TRANSFER_TOO_LARGE,
    SMV_TRANSFER_TOO_SLOW,
    SMV_TRANSFER_CUT_OFF,        /* the connection ended early */
    SMV_TRANSFER_NOT_WRITTEN,    /* the descriptor does not take it: see `reason` */
    SMV_TRANSFER_STOPPED,        /* by `progress` */
    SMV_TRANSFER_OTHER,
} smv_transfer_failure;

typedef struct smv_transfer_result {
    smv_transfer_failure failure;
    long status;          /* of HTTP; 0 when there was no answer */
    int64_t byte_count;   /* of the body, as written */
    char type[128];       /* what the server says it is */
    char address[2048];   /* where the redirects led; empty when that is longer */
    char reason[256];     /* in words, for some failures */
} smv_transfer_result;

/* Gets what an address stands for and writes it to a descriptor. Certificates are verified, and
 * nothing but http and https is spoken. */
void smv_transfer(const smv_transfer_request *request, smv_transfer_result *result);

#endif
