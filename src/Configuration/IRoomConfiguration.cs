using System.Net;
using Postfleet.Core.Networking;

namespace Postfleet.Configuration;

/// <summary>
/// What one room brings to the configuration: its keys, and what their values must be together. The node composes the rooms.
/// </summary>
public interface IRoomConfiguration
{
    /// <summary>The keys of the room's sections, section by section.</summary>
    IReadOnlyList<ConfigurationKey> Keys { get; }

    /// <summary>An error line for each fault that no value shows by itself: values of the room that do not go together.</summary>
    IEnumerable<string> Check(Layer values);

    /// <summary>
    /// An error line for each file that cannot be used, and for what else is looked at outside of the configuration. It opens no port and no storage.
    /// </summary>
    /// <param name="values">The values in force.</param>
    /// <param name="surroundings">Where files are looked for.</param>
    IEnumerable<string> CheckFiles(Layer values, CheckSurroundings surroundings);

    /// <summary>A line for each setting that is allowed and most likely a mistake.</summary>
    /// <param name="values">The values in force.</param>
    /// <param name="surroundings">What settings are held against.</param>
    IEnumerable<string> Warn(Layer values, CheckSurroundings surroundings);
}

/// <summary>What settings are held against, beside each other.</summary>
/// <param name="WorkingDirectory">Where relative file names start.</param>
/// <param name="Hostname">The node's name.</param>
/// <param name="Now">The time that certificates are held against.</param>
public sealed record CheckSurroundings(string WorkingDirectory, string Hostname, DateTimeOffset Now)
{
    /// <summary>Reads the addresses of this machine.</summary>
    public Func<IEnumerable<IPAddress>> MachineAddresses { get; init; } = () => [];

    /// <summary>The full path of a file that the configuration names.</summary>
    public string Full(string file) => Path.GetFullPath(file, WorkingDirectory);

    /// <summary>
    /// Whether an address is none of this machine's. The configuration may be checked elsewhere than where it is used, so that this is worth
    /// a warning and is no fault.
    /// </summary>
    public bool IsForeign(IPAddress address) =>
        !IPAddress.IsLoopback(address) && !ListenerAddresses.IsWildcard(address) && !MachineAddresses().Contains(address);
}

/// <summary>A room's part of the configuration, over the record that holds its sections.</summary>
/// <typeparam name="T">The record; its properties are the sections.</typeparam>
public abstract class RoomConfiguration<T> : IRoomConfiguration
    where T : class, new()
{
    /// <inheritdoc/>
    public abstract IReadOnlyList<ConfigurationKey> Keys { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Check(Layer values) => Check(OptionsMap.Bind<T>(values));

    /// <inheritdoc/>
    public IEnumerable<string> CheckFiles(Layer values, CheckSurroundings surroundings) =>
        CheckFiles(OptionsMap.Bind<T>(values), surroundings);

    /// <inheritdoc/>
    public IEnumerable<string> Warn(Layer values, CheckSurroundings surroundings) => Warn(OptionsMap.Bind<T>(values), surroundings);

    /// <summary>As <see cref="Check(Layer)"/>, of the room's sections.</summary>
    protected virtual IEnumerable<string> Check(T options) => [];

    /// <summary>As <see cref="CheckFiles(Layer, CheckSurroundings)"/>, of the room's sections.</summary>
    protected virtual IEnumerable<string> CheckFiles(T options, CheckSurroundings surroundings) => [];

    /// <summary>As <see cref="Warn(Layer, CheckSurroundings)"/>, of the room's sections.</summary>
    protected virtual IEnumerable<string> Warn(T options, CheckSurroundings surroundings) => [];
}
