using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postfleet.Dns.Options;

namespace Postfleet.Dns;

/// <summary>Registers the Dns module.</summary>
public static class DnsServiceCollectionExtensions
{
    /// <summary>
    /// Registers the resolver for delivery (<see cref="IDnsResolver"/>), the resolver for the checks of inbound mail
    /// (<see cref="IDnsLookup"/>), the resolver for DNS lists (<see cref="IDnsListLookup"/>), and the resolver for validated answers
    /// (<see cref="IDnssecLookup"/>).
    /// </summary>
    public static IServiceCollection AddDns(this IServiceCollection services, DnsOptions options) => services
        .AddSingleton<IDnsResolver>(provider => NewResolver(provider, options, isForDelivery: true))
        .AddSingleton<IDnsLookup>(provider => NewResolver(provider, options, isForDelivery: false))
        .AddSingleton<IDnsListLookup>(provider => NewResolver(provider, options, isForDelivery: false))
        .AddSingleton<IDnssecLookup>(provider => NewResolver(provider, options, isForDelivery: true, isValidated: true));

    private static DnsResolver NewResolver(IServiceProvider provider, DnsOptions options, bool isForDelivery, bool isValidated = false)
    {
        var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("Dns");
        return new(options, provider.GetRequiredService<TimeProvider>(), logger, isForDelivery, isValidated);
    }
}
