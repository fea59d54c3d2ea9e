using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Filters;
using Postfleet.Frontend.Filters.Hooks;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend;

/// <summary>Makes the filters of section <c>Filters</c>.</summary>
internal static class SessionFilters
{
    /// <summary>Makes a filter.</summary>
    /// <param name="options">The filter.</param>
    /// <param name="hostname">The name of this host.</param>
    /// <param name="limits">The limits of sessions.</param>
    /// <param name="added">What becomes of recipients that the filter adds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The module's log.</param>
    /// <exception cref="Core.StartFailureException">A file of the filter cannot be used.</exception>
    public static ISessionFilter Of(
        FilterOptions options, string hostname, SmtpOptions limits, AddedRecipients added, TimeProvider time, ILogger logger) =>
        options.Protocol == FilterProtocol.Hooks ? HookFilter.Of(options, hostname, limits, added, time, logger)
            : MilterFilter.Of(options, hostname, limits, added, time, logger);
}
