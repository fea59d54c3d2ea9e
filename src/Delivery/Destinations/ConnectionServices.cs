using Microsoft.Extensions.Logging;
using Postfleet.Contracts;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Destinations;

/// <summary>Services shared by all connections of a node.</summary>
internal sealed record ConnectionServices(
    IPartReader Parts, SiteConnector Connector, TimeProvider Time, ILogger Logger, IStallDetector Stalls,
    IQueueNodeReachability QueueNodes)
{
    /// <summary>Finds the class of negative replies.</summary>
    public BounceClassifier Classifier { get; init; } = BounceClassifier.Shipped;

    /// <summary>The policies of domains about TLS; null for none.</summary>
    public PolicyServices? Policies { get; init; }

    /// <summary>Finds recipients that get no mail; null for none.</summary>
    public ISuppression? Suppression { get; init; }
}
