namespace Postfleet.Contracts.Stats;

/// <summary>One thing that must be well before this node may be given work.</summary>
public interface IReadinessCheck
{
    /// <summary>Short name, as it stands in the readiness answer.</summary>
    string Name { get; }

    /// <summary>Whether the node takes work all the same: what is wrong then stands in the answer and does not decide it.</summary>
    bool IsAdvisory => false;

    /// <summary>What is wrong, in one line; null when all is well. Never throws for what it checks.</summary>
    ValueTask<string?> CheckAsync(CancellationToken cancellationToken);
}
