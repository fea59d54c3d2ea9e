using Postfleet.Admin.Formats;
using Postfleet.Testing.Formats;

namespace Postfleet.Admin.Tests.Formats;

public sealed class AdminFormatTests()
    : FormatContract(typeof(AdminModule).Assembly, AdminFormats.All, Samples.All, ProtocolGen.Messages);
