namespace Postfleet.Simulation.Tests.Membership;

/// <summary>A machine with its setting of <c>Cluster:Host</c>, and the process that runs there.</summary>
/// <param name="number">Its number.</param>
/// <param name="host">The name of the machine.</param>
/// <param name="address">The <c>host:port</c> of its process.</param>
internal sealed class Machine(int number, string host, string address)
{
    public int Number => number;

    public string Host => host;

    /// <summary>A pod has another address after each start.</summary>
    public string Address { get; set; } = address;

    /// <summary>Whether the address changes with each start.</summary>
    public bool HasNewAddresses { get; init; }

    public bool IsQueue { get; init; } = true;

    /// <summary>Whether an older program runs here, which writes rows without a description.</summary>
    public bool IsOld { get; init; }

    /// <summary>Whether the other machines cannot be reached.</summary>
    public bool IsCut { get; set; }

    /// <summary>Whether the database cannot be reached from here.</summary>
    public bool IsCutFromRegistry { get; set; }

    /// <summary>When this machine was last frozen or cut off.</summary>
    public TimeSpan ImpairedAt { get; set; } = TimeSpan.MinValue / 2;

    /// <summary>The number of starts.</summary>
    public int Starts { get; set; }

    public MemberProcess? Process { get; set; }

    /// <summary>Whether the last process has ended by its own decision.</summary>
    public bool IsRefused { get; set; }

    public override string ToString() => $"{host}#{number}";
}
