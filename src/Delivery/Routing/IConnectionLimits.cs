using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>The limits of a connection by its destination. Thread-safe; pure.</summary>
internal interface IConnectionLimits
{
    /// <summary>The time for a TCP connection; null for that of section <c>Delivery</c>.</summary>
    TimeSpan? ConnectTimeout { get; }

    /// <summary>The options of the connection.</summary>
    /// <param name="options">The options of section <c>Delivery</c>.</param>
    DeliveryOptions Apply(DeliveryOptions options);

    /// <summary>The limits of the mail for a domain.</summary>
    DomainLimits LimitsOf(string domain);
}

/// <summary>A connection without limits of its own.</summary>
internal sealed class NoLimits : IConnectionLimits
{
    private static readonly DomainLimits None = new(null, null, null, null);

    private NoLimits()
    {
    }

    /// <summary>The only instance.</summary>
    public static NoLimits Instance { get; } = new();

    /// <inheritdoc/>
    public TimeSpan? ConnectTimeout => null;

    /// <inheritdoc/>
    public DeliveryOptions Apply(DeliveryOptions options) => options;

    /// <inheritdoc/>
    public DomainLimits LimitsOf(string domain) => None;
}
