using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Configuration;
using Postfleet.Core.Concurrency;

namespace Postfleet.Admin;

/// <summary>Replaces the settings of the admin endpoint in a reload. Requests use the settings with which they began.</summary>
internal sealed class AdminReload(ApiTokens tokens, Current<AdminSettings> current) : IReloadable<AdminSettings>
{
    /// <inheritdoc/>
    public Action Prepare(AdminSettings settings)
    {
        var apply = tokens.Prepare(settings.Admin);
        return () =>
        {
            current.Value = settings;
            apply();
        };
    }
}
