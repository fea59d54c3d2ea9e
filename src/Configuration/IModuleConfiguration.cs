using System.Net;
using Postfleet.Core.Networking;

namespace Postfleet.Configuration;

/// <summary>
/// The configuration of a module: its keys, and the rules for combinations of their values. The node composes the modules.
/// </summary>
public interface IModuleConfiguration
{
    /// <summary>The keys of the module's sections, section by section.</summary>
    IReadOnlyList<ConfigurationKey> Keys { get; }

    /// <summary>
    /// The keys, lists and sections whose changed values the module applies to the running node (<see cref="IReloadable{T}"/>). A change of
    /// other keys needs a restart.
    /// </summary>
    IReadOnlyList<string> Reloaded { get; }

    /// <summary>An error line for each forbidden combination of the module's values.</summary>
    IEnumerable<string> Check(Layer values);

    /// <summary>
    /// An error line for each unusable file, and for other faults outside of the configuration itself. It opens no port and no storage.
    /// </summary>
    /// <param name="values">The values in force.</param>
    /// <param name="surroundings">The working directory and the machine.</param>
    IEnumerable<string> CheckFiles(Layer values, CheckSurroundings surroundings);

    /// <summary>A warning line for each allowed setting which is most likely a mistake.</summary>
    /// <param name="values">The values in force.</param>
    /// <param name="surroundings">The machine and the time of the check.</param>
    IEnumerable<string> Warn(Layer values, CheckSurroundings surroundings);
}

/// <summary>The machine and the time of a check.</summary>
/// <param name="WorkingDirectory">The base directory of relative file names.</param>
/// <param name="Hostname">The node's name.</param>
/// <param name="Now">The time, for the validity of certificates.</param>
public sealed record CheckSurroundings(string WorkingDirectory, string Hostname, DateTimeOffset Now)
{
    private readonly Lazy<HashSet<IPAddress>> _own = new([]);

    /// <summary>Reads the addresses of this machine. It is called at most once, for the first address of the configuration.</summary>
    public Func<IEnumerable<IPAddress>> MachineAddresses { init => _own = new(() => [.. value()]); }

    /// <summary>The full path of a configured file.</summary>
    public string Full(string file) => Path.GetFullPath(file, WorkingDirectory);

    /// <summary>
    /// Whether this machine lacks an address. The configuration may be checked on a machine other than the node's, so a missing address
    /// is a warning and no error.
    /// </summary>
    public bool IsForeign(IPAddress address) =>
        !IPAddress.IsLoopback(address) && !ListenerAddresses.IsWildcard(address) && !_own.Value.Contains(address);
}

/// <summary>The configuration of a module, over the record of its sections.</summary>
/// <typeparam name="T">The record; its properties are the sections.</typeparam>
public abstract class ModuleConfiguration<T> : IModuleConfiguration
    where T : class, new()
{
    /// <inheritdoc/>
    public abstract IReadOnlyList<ConfigurationKey> Keys { get; }

    /// <inheritdoc/>
    public virtual IReadOnlyList<string> Reloaded => [];

    /// <inheritdoc/>
    public IEnumerable<string> Check(Layer values) => Check(OptionsMap.Bind<T>(values));

    /// <inheritdoc/>
    public IEnumerable<string> CheckFiles(Layer values, CheckSurroundings surroundings) =>
        CheckFiles(OptionsMap.Bind<T>(values), surroundings);

    /// <inheritdoc/>
    public IEnumerable<string> Warn(Layer values, CheckSurroundings surroundings) => Warn(OptionsMap.Bind<T>(values), surroundings);

    /// <summary>The errors of <see cref="Check(Layer)"/> for bound sections.</summary>
    protected virtual IEnumerable<string> Check(T options) => [];

    /// <summary>The errors of <see cref="CheckFiles(Layer, CheckSurroundings)"/> for bound sections.</summary>
    protected virtual IEnumerable<string> CheckFiles(T options, CheckSurroundings surroundings) => [];

    /// <summary>The warnings of <see cref="Warn(Layer, CheckSurroundings)"/> for bound sections.</summary>
    protected virtual IEnumerable<string> Warn(T options, CheckSurroundings surroundings) => [];
}
