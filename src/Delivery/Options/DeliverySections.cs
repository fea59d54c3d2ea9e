using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Options;

/// <summary>The sections of the configuration for delivery.</summary>
public sealed record DeliverySections
{
    /// <summary>Section <c>Routes</c>; the first match wins.</summary>
    public IReadOnlyList<RouteOptions> Routes { get; init; } =
    [
        new RouteOptions { Domain = DomainPattern.Parse("*.test"), To = RouteTarget.Capture },
        new RouteOptions { Domain = DomainPattern.All },
    ];

    /// <summary>Section <c>Sources</c>.</summary>
    public IReadOnlyList<SourceOptions> Sources { get; init; } = [];

    /// <summary>Section <c>Delivery</c>.</summary>
    public DeliveryOptions Delivery { get; init; } = new();

    /// <summary>Section <c>Providers</c>; the first provider with all hosts of a site applies.</summary>
    public IReadOnlyList<ProviderOptions> Providers { get; init; } = [];

    /// <summary>Section <c>Destinations</c>; of entries of one kind the later wins.</summary>
    public IReadOnlyList<DestinationOptions> Destinations { get; init; } = [];

    /// <summary>Section <c>Responses</c>.</summary>
    public ResponseOptions Responses { get; init; } = new();
}
