using System.Net;
using Google.Protobuf;
using Postfleet.Contracts.Users;
using Postfleet.Operations.Messages;

namespace Postfleet.Operations.Formats;

/// <summary>The log-ins that nodes report to each other.</summary>
internal static class LoginMapping
{
    public static Wire.LoginBatch ToWire(LoginBatch batch)
    {
        var wire = new Wire.LoginBatch { Reports = { Capacity = batch.Reports.Count } };
        foreach (var report in batch.Reports)
        {
            wire.Reports.Add(new Wire.LoginReport
            {
                NameHigh = (ulong)(report.Name >> 64),
                NameLow = (ulong)report.Name,
                IsKnown = report.IsKnown,
                Network = ByteString.CopyFrom(report.Network.GetAddressBytes()),
                IsSuccess = report.IsSuccess,
            });
        }

        return wire;
    }

    /// <exception cref="ArgumentException">A network is not an address.</exception>
    public static LoginBatch FromWire(Wire.LoginBatch wire) => new(
    [
        .. wire.Reports.Select(report => new LoginReport(
            new UInt128(report.NameHigh, report.NameLow), report.IsKnown, new IPAddress(report.Network.Span), report.IsSuccess)),
    ]);
}
