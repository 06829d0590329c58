/* Verified services: see services.h. */
#include "services.h"

#include "json.h"
#include "names.h"

#include <stdio.h>
#include <string.h>

static struct service *named(struct services *services, const char *id)
{
	for (uint8_t i = 0; i < services->count; i++)
		if (strcmp(services->list[i].id, id) == 0)
			return &services->list[i];
	return NULL;
}

static bool verify(struct service *service, struct view der, X509 *root, time_t now,
		   struct failure *failure)
{
	char uri[sizeof "eai:service/" + NAME_SIZE];
	unsigned char sealing_key[X25519_SIZE];
	snprintf(uri, sizeof uri, "eai:service/%s", service->id);
	service->certificate = certificate_parse(der, failure);
	if (service->certificate == NULL)
		return false;
	service->signing = X509_get0_pubkey(service->certificate);
	return certificate_check_chain(service->certificate, root, now, failure) &&
	       certificate_check_role(service->certificate, ROLE_SERVICE, uri, failure) &&
	       certificate_sealing_key(service->certificate, sealing_key, failure) &&
	       sealing_key_from_public(&service->sealing, sealing_key, failure) &&
	       sha256(der, service->certificate_sha256, failure);
}

static bool accept_one(struct services *services, const cJSON *entry, X509 *root, time_t now,
		       struct failure *failure)
{
	const char *id = json_text(entry, "service", failure);
	if (id == NULL)
		return false;
	struct service *service = named(services, id);
	if (service == NULL || service->certificate != NULL)
		return failure_set(failure, "services",
				   "a certificate for a service that this solution does not name, or a second one");
	struct bytes der;
	if (!json_binary(entry, "certificate", &der, failure))
		return false;
	bool accepted = verify(service, bytes_view(&der), root, now, failure);
	bytes_free(&der);
	return accepted;
}

bool services_accept(struct services *services, const char *const *ids, const cJSON *given,
		     X509 *root, time_t now, struct failure *failure)
{
	*services = (struct services){0};
	for (; *ids != NULL; ids++) {
		if (services->count == SERVICES_MAXIMUM || !name_is_valid(*ids))
			return failure_set(failure, "services", "the solution's list of services is not valid");
		services->list[services->count++].id = *ids;
	}
	const cJSON *entry = NULL;
	cJSON_ArrayForEach(entry, given)
	{
		if (!accept_one(services, entry, root, now, failure))
			return false;
	}
	for (uint8_t i = 0; i < services->count; i++)
		if (services->list[i].certificate == NULL)
			return failure_set(failure, "services", "no certificate for service %s",
					   services->list[i].id);
	return true;
}

bool services_take_addresses(struct services *services, const cJSON *given, struct failure *failure)
{
	const cJSON *entry = NULL;
	cJSON_ArrayForEach(entry, given)
	{
		const char *id = json_text(entry, "service", failure);
		const char *text = json_text(entry, "address", failure);
		if (id == NULL || text == NULL)
			return false;
		struct service *service = named(services, id);
		if (service == NULL || !address_parse(text, &service->address))
			return failure_set(failure, "services",
					   "the address of service %s is not HOST:PORT, the host a number",
					   service != NULL ? service->id : "nobody");
	}
	return true;
}

void services_free(struct services *services)
{
	for (uint8_t i = 0; i < services->count; i++) {
		X509_free(services->list[i].certificate);
		sealing_key_destroy(&services->list[i].sealing);
	}
	*services = (struct services){0};
}

const struct service *services_find(const struct services *services, const char *id, uint8_t *index,
				    struct failure *failure)
{
	for (uint8_t i = 0; i < services->count; i++) {
		const struct service *service = &services->list[i];
		if (strcmp(service->id, id) != 0)
			continue;
		*index = i;
		return certificate_check_time(service->certificate, time(NULL), failure) ? service : NULL;
	}
	failure_set(failure, "services", "the solution asks for a service that it does not name");
	return NULL;
}
