using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Membership;

/// <summary>Chooses the machines of a run and the faults of their settings.</summary>
internal static class MachineSettings
{
    public static IReadOnlyList<Machine> Choose(Chance chance)
    {
        var count = chance.Between(2, 5);
        var isRolling = chance.Is(0.3);
        var hasPods = chance.Is(0.4);
        return chance.Below(6) switch
        {
            // Two machines have the same address by mistake.
            0 => [.. Enumerable.Range(0, count).Select(i => new Machine(i, $"m{i}", $"10.0.0.{Math.Max(1, i)}:4053"))],
            // All machines have the default of a database behind a Unix socket.
            1 => [.. Enumerable.Range(0, count).Select(i => new Machine(i, $"m{i}", "127.0.0.1:4053"))],
            // A laptop has the connection string of production.
            2 => [.. Enumerable.Range(0, count).Select(i => new Machine(i, $"m{i}", i == 0 ? "127.0.0.1:4053" : $"10.0.0.{i}:4053"))],
            // Several processes on one machine.
            3 => [.. Enumerable.Range(0, count).Select(i => new Machine(i, "m", $"127.0.0.{i + 1}:4053"))],
            _ =>
            [
                .. Enumerable.Range(0, count).Select(i => new Machine(i, $"m{i}", $"10.0.0.{i}:4053")
                {
                    HasNewAddresses = hasPods,
                    IsQueue = i == 0 || chance.Is(0.7),
                    IsOld = isRolling && chance.Is(0.5),
                }),
            ],
        };
    }
}
