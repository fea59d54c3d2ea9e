using Postfleet.Configuration;
using Postfleet.Node.Logging;
using Postfleet.Node.Options;

namespace Postfleet.Node.Hosting;

/// <summary>Prepares a reload in all modules.</summary>
/// <param name="services">The container of the node, with the <see cref="IReloadable{T}"/> of the modules.</param>
/// <param name="settings">Makes the settings of the modules.</param>
/// <param name="log">The log.</param>
internal sealed class ReloadedModules(IServiceProvider services, ModuleSettings settings, NodeLogControl log)
{
    /// <summary>
    /// Prepares all modules. The actions apply the options in this order: routes before the queues that ask for them, and a destination of
    /// a route before listeners accept mail for it.
    /// </summary>
    public IReadOnlyList<Action> Prepare(PostfleetOptions options) =>
    [
        Prepare(StoragePlace.Spool(options)),
        Prepare(settings.Delivery(options)),
        Prepare(ModuleSettings.Queues(options)),
        Prepare(ModuleSettings.Operations(options)),
        Prepare(ModuleSettings.Signing(options)),
        // A node without listeners has no Frontend.
        .. ModuleSettings.IsFrontend(options) ? [Prepare(ModuleSettings.Frontend(options))] : Array.Empty<Action>(),
        Prepare(ModuleSettings.Admin(options)),
        log.Prepare(options.Log),
    ];

    private Action Prepare<T>(T moduleSettings) => services.GetRequiredService<IReloadable<T>>().Prepare(moduleSettings);
}
