// The endpoints. Each takes a request and answers it; all are safe for concurrent use.
#pragma once

#include "query/api/context.h"
#include "query/api/request.h"

namespace silverback {

ApiResponse HandleQuery(ApiContext& context, const ApiRequest& request);
ApiResponse HandleQueryRange(ApiContext& context, const ApiRequest& request);
ApiResponse HandleQueryExemplars(ApiContext& context, const ApiRequest& request);
ApiResponse HandleFormatQuery(ApiContext& context, const ApiRequest& request);
ApiResponse HandleParseQuery(ApiContext& context, const ApiRequest& request);

ApiResponse HandleLabels(ApiContext& context, const ApiRequest& request);
ApiResponse HandleLabelValues(ApiContext& context, const ApiRequest& request);
ApiResponse HandleSeries(ApiContext& context, const ApiRequest& request);
ApiResponse HandleMetadata(ApiContext& context, const ApiRequest& request);

ApiResponse HandleSearchMetricNames(ApiContext& context, const ApiRequest& request);
ApiResponse HandleSearchLabelNames(ApiContext& context, const ApiRequest& request);
ApiResponse HandleSearchLabelValues(ApiContext& context, const ApiRequest& request);

ApiResponse HandleTargets(ApiContext& context, const ApiRequest& request);
ApiResponse HandleTargetsMetadata(ApiContext& context, const ApiRequest& request);
ApiResponse HandleScrapePools(ApiContext& context, const ApiRequest& request);
ApiResponse HandleScrapePoolConfig(ApiContext& context, const ApiRequest& request);
ApiResponse HandleRelabelSteps(ApiContext& context, const ApiRequest& request);
ApiResponse HandleAlertmanagers(ApiContext& context, const ApiRequest& request);
ApiResponse HandleOpenApi(ApiContext& context, const ApiRequest& request);
ApiResponse HandleFeatures(ApiContext& context, const ApiRequest& request);
ApiResponse HandleNotifications(ApiContext& context, const ApiRequest& request);
ApiResponse HandleNotificationsLive(ApiContext& context, const ApiRequest& request);
ApiResponse HandleActiveQueries(ApiContext& context, const ApiRequest& request);
ApiResponse HandleKillQuery(ApiContext& context, const ApiRequest& request);
ApiResponse HandleRemoteRead(ApiContext& context, const ApiRequest& request);
ApiResponse HandleFederate(ApiContext& context, const ApiRequest& request);

ApiResponse HandleRules(ApiContext& context, const ApiRequest& request);
ApiResponse HandleAlerts(ApiContext& context, const ApiRequest& request);

ApiResponse HandleBuildInfo(ApiContext& context, const ApiRequest& request);
ApiResponse HandleRuntimeInfo(ApiContext& context, const ApiRequest& request);
ApiResponse HandleFlags(ApiContext& context, const ApiRequest& request);
ApiResponse HandleConfig(ApiContext& context, const ApiRequest& request);
ApiResponse HandleTsdbStatus(ApiContext& context, const ApiRequest& request);
ApiResponse HandleTsdbBlocks(ApiContext& context, const ApiRequest& request);
ApiResponse HandleWalReplay(ApiContext& context, const ApiRequest& request);

ApiResponse HandleAdminSeal(ApiContext& context, const ApiRequest& request);
ApiResponse HandleAdminCompact(ApiContext& context, const ApiRequest& request);
ApiResponse HandleAdminVerify(ApiContext& context, const ApiRequest& request);
ApiResponse HandleDeleteSeries(ApiContext& context, const ApiRequest& request);
ApiResponse HandleCleanTombstones(ApiContext& context, const ApiRequest& request);
ApiResponse HandleAdminSnapshot(ApiContext& context, const ApiRequest& request);

ApiResponse HandleHealthy(ApiContext& context, const ApiRequest& request);
ApiResponse HandleReady(ApiContext& context, const ApiRequest& request);
ApiResponse HandleMetrics(ApiContext& context, const ApiRequest& request);
ApiResponse HandleSelfMetrics(ApiContext& context, const ApiRequest& request);

}  // namespace silverback
