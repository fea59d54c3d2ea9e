using Postfleet.Core;

namespace Postfleet.Configuration;

/// <summary>
/// The part of a module in a reload. The module registers it in the container; the node calls it with the module's new settings, one reload
/// at a time. All modules prepare before the first applies, so a reload has an effect in all modules or in none.
/// </summary>
/// <typeparam name="T">The settings with which the node registers the module.</typeparam>
public interface IReloadable<in T>
{
    /// <summary>Reads the files of the new settings and prepares their use, without an effect on the running node.</summary>
    /// <param name="settings">The settings. Values that need a restart are those in force.</param>
    /// <returns>Applies the settings by replacing references. It cannot fail.</returns>
    /// <exception cref="StartFailureException">A file cannot be used.</exception>
    Action Prepare(T settings);
}
