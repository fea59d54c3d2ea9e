namespace Postfleet.Contracts.Stats;

/// <summary>
/// A part of this process that can hang although the process runs. The watchdog of the node probes it. A fault outside of the process, such
/// as a database that does not answer, is no concern of a life sign: a restart would not mend it (<see cref="IReadinessCheck"/> reports
/// it).
/// </summary>
public interface ILifeSign
{
    /// <summary>The short name of the part in the log.</summary>
    string Name { get; }

    /// <summary>
    /// Gives the part a piece of work. The task ends when the part has done it, and when the part does not exist at present. Called by one
    /// caller at a time, which stops to wait by its token.
    /// </summary>
    Task ProbeAsync(CancellationToken cancellationToken);
}
