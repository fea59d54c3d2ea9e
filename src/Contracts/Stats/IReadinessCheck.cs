namespace Postfleet.Contracts.Stats;

/// <summary>A condition for the readiness of this node.</summary>
public interface IReadinessCheck
{
    /// <summary>The short name of the condition in the readiness answer.</summary>
    string Name { get; }

    /// <summary>Whether a failure is only reported and does not make the node unready.</summary>
    bool IsAdvisory => false;

    /// <summary>The fault in a single line; null if there is none. Never throws because of the fault.</summary>
    ValueTask<string?> CheckAsync(CancellationToken cancellationToken);
}
